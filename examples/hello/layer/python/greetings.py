"""Greetings in several languages, shared by the functions."""

GREETINGS = {"en": "Hello", "de": "Hallo", "fr": "Bonjour"}


def greet(name, language):
    return f"{GREETINGS.get(language, GREETINGS['en'])}, {name}!"
