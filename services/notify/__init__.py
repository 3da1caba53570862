"""The outbox: pages that the Desk asked for go out through channels, and what became of them goes back to the Desk."""
