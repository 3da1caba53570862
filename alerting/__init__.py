"""The crisis desk: pure decisions about incidents, pages, playbooks and backup content."""
