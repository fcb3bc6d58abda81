"""Floor 2b: who gets what and when: arms, offers, schedule, the power of a holdout. Nothing is read or written."""
