terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    archive = {
      source = "hashicorp/archive"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      app   = "hello"
      stage = var.stage
    }
  }
}

data "aws_caller_identity" "current" {}

locals {
  prefix = "hello-${var.stage}"
  role   = coalesce(var.role_arn, "arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/${local.prefix}")
}

# What both functions share goes into a layer.
data "archive_file" "shared" {
  type        = "zip"
  source_dir  = "${path.module}/layer"
  output_path = "${path.module}/.build/shared.zip"
}

resource "aws_lambda_layer_version" "shared" {
  layer_name          = "${local.prefix}-shared"
  description         = "Greetings in several languages"
  filename            = data.archive_file.shared.output_path
  source_code_hash    = data.archive_file.shared.output_base64sha256
  compatible_runtimes = [var.runtime]
}

data "archive_file" "function" {
  for_each = toset(["api", "worker"])

  type        = "zip"
  source_dir  = "${path.module}/${each.key}"
  output_path = "${path.module}/.build/${each.key}.zip"
}

resource "aws_lambda_function" "worker" {
  function_name = "${local.prefix}-worker"
  description   = "Greets whoever the message names"
  role          = local.role
  runtime       = var.runtime
  handler       = "index.handler"
  filename      = data.archive_file.function["worker"].output_path
  layers        = [aws_lambda_layer_version.shared.arn]
  timeout       = 30

  environment {
    variables = {
      LANGUAGE = var.language
    }
  }
}

resource "aws_lambda_function" "api" {
  function_name = "${local.prefix}-api"
  description   = "Takes a name and hands it to the worker"
  role          = local.role
  runtime       = var.runtime
  handler       = "index.handler"
  filename      = data.archive_file.function["api"].output_path
  memory_size   = var.memory
  publish       = true

  environment {
    variables = {
      WORKER_ARN = aws_lambda_function.worker.arn
    }
  }

  tracing_config {
    mode = "Active"
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "What callers use"
  function_name    = aws_lambda_function.api.function_name
  function_version = aws_lambda_function.api.version
}
