"""Template tags that every page needs."""
