"""Greets whoever the message names."""

import os

from greetings import greet


def handler(event, context):
    return greet(event["name"], os.environ["LANGUAGE"])
