"""rekindle: an e-mail campaign and segmentation engine."""

__version__ = "0.1.0"
