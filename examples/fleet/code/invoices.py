"""The invoices function."""


def handler(event, context):
    return {"invoices": event}
