"""Takes a name and hands it to the worker."""

import json
import os

import boto3


def handler(event, context):
    name = (event.get("queryStringParameters") or {}).get("name", "world")
    answer = boto3.client("lambda").invoke(
        FunctionName=os.environ["WORKER_ARN"],
        Payload=json.dumps({"name": name}),
    )
    return {"statusCode": 200, "body": answer["Payload"].read().decode()}
