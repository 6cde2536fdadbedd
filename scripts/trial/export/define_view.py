"""Stub."""


def view(text: str) -> str:
    return text
