"""Read models: the queue, incidents, mentions and counts in a disposable SQLite file, filled from both journals.

Nothing here is a record. The file can be deleted at any time; it is filled again from the journals. It holds no
plaintext of any person: texts and names lie sealed and are opened through the vault at the moment they are shown, so
that a forgotten person is gone from every page at once.
"""
