"""Floor 2: numbers about a buyer: the gap between purchases and how long beyond it the silence lasts."""
