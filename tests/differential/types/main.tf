terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  s3_use_path_style           = true

  default_tags {
    tags = local.first ? {} : { Owner = "team" }
  }
}

# 1 makes everything, 2 changes, replaces, moves and forgets.
variable "step" {
  type = number
}

locals {
  first = var.step == 1
  role  = "arn:aws:iam::123456789012:role/lambda"
}

resource "terraform_data" "plain" {}

resource "terraform_data" "full" {
  input            = { function = aws_lambda_function.api.function_name, step = var.step }
  triggers_replace = local.first ? ["a"] : ["b"]
}

data "terraform_remote_state" "other" {
  backend = "local"
  config = {
    path = "other.tfstate"
  }
}
