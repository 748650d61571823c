# A small application as people lay them out: one module for whatever every function needs, called once for each of them.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws     = { source = "hashicorp/aws" }
    archive = { source = "hashicorp/archive" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "stage" {
  description = "Goes into every name."
  type        = string
  default     = "dev"
}

variable "api_token" {
  description = "What callers of the orders function have to know."
  type        = string
  sensitive   = true
  default     = "change-me"
}

data "aws_caller_identity" "current" {}

locals {
  functions = {
    orders = {
      memory      = 512
      environment = { TABLE = "${var.stage}-orders", API_TOKEN = var.api_token }
      actions     = ["dynamodb:GetItem", "dynamodb:PutItem"]
      url         = true
      invokers    = { gateway = "apigateway.amazonaws.com" }
    }
    report = {
      memory      = 128
      environment = { TABLE = "${var.stage}-orders" }
      actions     = ["dynamodb:Query"]
      url         = false
      invokers    = { schedule = "events.amazonaws.com" }
    }
  }
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name        = "app-${var.stage}-${each.key}"
  source_dir  = "${path.root}/src/${each.key}"
  memory      = each.value.memory
  environment = each.value.environment
  actions     = each.value.actions
  resources   = ["arn:aws:dynamodb:eu-central-1:${data.aws_caller_identity.current.account_id}:table/${var.stage}-orders"]
  url         = each.value.url
  invokers    = each.value.invokers
}

output "arns" {
  value = { for name, function in module.function : name => function.arn }
}

output "urls" {
  value = { for name, function in module.function : name => function.url if function.url != null }
}
