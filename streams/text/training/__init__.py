"""Learning the weights of `streams.text`: a script for people, no part of what runs."""
