"""The desk in a browser, its JSON interface, and signing in. Pages are rendered here; a browser only swaps and counts."""
