data "aws_caller_identity" "me" {}
data "aws_partition" "this" {}
data "aws_region" "here" {}
data "aws_region" "there" {
  name = "eu-west-1"
}

data "aws_lambda_function" "plain" {
  function_name = aws_lambda_function.plain.function_name
}

data "aws_lambda_function" "full" {
  function_name = aws_lambda_function.full.function_name
}

data "aws_lambda_function" "version" {
  function_name = aws_lambda_function.api.function_name
  qualifier     = aws_lambda_alias.live.name
}

# Read before anything is made.
data "aws_lambda_functions" "all" {}

data "aws_lambda_alias" "live" {
  function_name = aws_lambda_function.api.function_name
  name          = aws_lambda_alias.live.name
}

data "aws_lambda_layer_version" "latest" {
  layer_name = aws_lambda_layer_version.full.layer_name
}

data "aws_lambda_layer_version" "fitting" {
  layer_name         = aws_lambda_layer_version.full.layer_name
  compatible_runtime = "python3.12"
}

data "aws_lambda_layer_version" "exact" {
  layer_name = aws_lambda_layer_version.plain.layer_name
  version    = aws_lambda_layer_version.plain.version
}

data "aws_lambda_code_signing_config" "full" {
  arn = aws_lambda_code_signing_config.full.arn
}

data "aws_lambda_function_url" "full" {
  function_name = aws_lambda_function_url.full.function_name
  qualifier     = aws_lambda_function_url.full.qualifier
}

data "aws_lambda_invocation" "hello" {
  function_name = aws_lambda_function.api.function_name
  input         = jsonencode({ hello = "world" })
}

output "here" {
  value = [data.aws_caller_identity.me, data.aws_partition.this, data.aws_region.here.name, data.aws_region.there.endpoint]
}

output "said" {
  value     = data.aws_lambda_invocation.hello.result
  sensitive = true
}

output "url" {
  value = data.aws_lambda_function_url.full.cors
}

data "aws_arn" "plain" {
  arn = "arn:aws:lambda:us-east-1:123456789012:function:plain"
}

data "aws_default_tags" "all" {}

data "aws_service_principal" "lambda" {
  service_name = "lambda"
}

output "names" {
  value = [data.aws_arn.plain.resource, data.aws_service_principal.lambda.name]
}
