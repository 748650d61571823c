"""The orders function."""


def handler(event, context):
    return {"orders": event}
