"""Response times: calendars, policies, and the clocks of a conversation."""
