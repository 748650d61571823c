# Many functions from one map: what differs is in the map, what they share is written once.

terraform {
  required_providers {
    aws     = { source = "hashicorp/aws" }
    archive = { source = "hashicorp/archive" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "functions" {
  description = "The functions by name; what is left out takes the default."
  type = map(object({
    handler  = string
    memory   = optional(number, 128)
    timeout  = optional(number, 3)
    env      = optional(map(string), {})
    reserved = optional(number)
  }))
  default = {
    orders   = { handler = "orders.handler", memory = 512, env = { TABLE = "orders" } }
    invoices = { handler = "invoices.handler", timeout = 60, env = { TABLE = "invoices" } }
    cleanup  = { handler = "cleanup.handler", reserved = 1 }
  }

  validation {
    condition     = alltrue([for f in values(var.functions) : f.memory >= 128])
    error_message = "Every function needs at least 128 MB."
  }
}

variable "webhook_secret" {
  description = "Shared with the caller of the webhooks."
  type        = string
  sensitive   = true
  default     = "change-me"
}

data "archive_file" "code" {
  type        = "zip"
  source_dir  = "${path.module}/code"
  excludes    = ["**/*_test.py"]
  output_path = "${path.module}/.build/code.zip"
}

resource "aws_lambda_function" "this" {
  for_each = var.functions

  function_name                  = "fleet-${each.key}"
  role                           = "arn:aws:iam::123456789012:role/fleet"
  runtime                        = "python3.13"
  architectures                  = ["arm64"]
  handler                        = each.value.handler
  filename                       = data.archive_file.code.output_path
  memory_size                    = each.value.memory
  timeout                        = each.value.timeout
  reserved_concurrent_executions = each.value.reserved

  dynamic "environment" {
    for_each = length(each.value.env) > 0 ? [each.value.env] : []
    content {
      variables = merge(environment.value, { WEBHOOK_SECRET = var.webhook_secret })
    }
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = "INFO"
  }

  tags = { fleet = "yes" }

  lifecycle {
    ignore_changes = [tags["owner"]]

    precondition {
      condition     = length(each.key) <= 58
      error_message = "The name ${each.key} is too long once the prefix is put before it."
    }
  }

  timeouts {
    create = "5m"
  }
}

output "arns" {
  value = { for name, f in aws_lambda_function.this : name => f.arn }
}
