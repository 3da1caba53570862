"""Tables that were derived from the data of others; each says from what, under which licence."""
