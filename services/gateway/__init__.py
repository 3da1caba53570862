"""The gateway: what the world sends in becomes facts, is sealed, and is handed to the house; what is wrong is told."""
