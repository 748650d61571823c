"""The cleanup function."""


def handler(event, context):
    return {"cleanup": event}
