"""The configuration folder: read with the line of every value, checked as a whole, kept by its hash."""

from services.config.loader import Loaded, load
from services.config.model import Config, Decisions, dump, parse, secret
from services.config.problems import Problem

__all__ = ["Config", "Decisions", "Loaded", "Problem", "dump", "load", "parse", "secret"]
