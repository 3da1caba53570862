"""The edges: everything that touches the world."""
