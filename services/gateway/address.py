"""Where commands on this machine find a running daemon."""

SOCKET_NAME = "fenghuo.sock"
"""The socket in the data folder: the same application as on the port, for whoever may open the folder."""
