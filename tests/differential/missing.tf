# One import of an object that is not there, and one by an id of another form, of every type.

import {
  to = aws_cloudwatch_log_group.missing
  id = "/parity/none"
}

resource "aws_cloudwatch_log_group" "missing" {
  name = "/parity/none"
}

import {
  to = aws_iam_policy.missing
  id = "arn:aws:iam::123456789012:policy/none"
}

resource "aws_iam_policy" "missing" {
  name   = "none"
  policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

import {
  to = aws_iam_policy.misnamed
  id = "not-an-arn"
}

resource "aws_iam_policy" "misnamed" {
  name   = "none"
  policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

import {
  to = aws_iam_role.missing
  id = "none"
}

resource "aws_iam_role" "missing" {
  name               = "none"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

import {
  to = aws_iam_role_policy.missing
  id = "none:none"
}

resource "aws_iam_role_policy" "missing" {
  name   = "none"
  role   = "none"
  policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

import {
  to = aws_iam_role_policy.misnamed
  id = "no-colon"
}

resource "aws_iam_role_policy" "misnamed" {
  name   = "none"
  role   = "none"
  policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

import {
  to = aws_iam_role_policy_attachment.missing
  id = "none/arn:aws:iam::123456789012:policy/none"
}

resource "aws_iam_role_policy_attachment" "missing" {
  role       = "none"
  policy_arn = "arn:aws:iam::123456789012:policy/none"
}

import {
  to = aws_iam_role_policy_attachment.misnamed
  id = "no-slash"
}

resource "aws_iam_role_policy_attachment" "misnamed" {
  role       = "none"
  policy_arn = "arn:aws:iam::123456789012:policy/none"
}

import {
  to = aws_lambda_alias.missing
  id = "none/none"
}

resource "aws_lambda_alias" "missing" {
  name             = "none"
  function_name    = "none"
  function_version = "1"
}

import {
  to = aws_lambda_alias.misnamed
  id = "no-slash"
}

resource "aws_lambda_alias" "misnamed" {
  name             = "none"
  function_name    = "none"
  function_version = "1"
}

import {
  to = aws_lambda_code_signing_config.missing
  id = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-00000000000000000"
}

resource "aws_lambda_code_signing_config" "missing" {
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/team/abcdefghij"]
  }
}

import {
  to = aws_lambda_event_source_mapping.missing
  id = "0f1e2d3c-0000-1111-2222-333344445555"
}

resource "aws_lambda_event_source_mapping" "missing" {
  function_name    = "none"
  event_source_arn = "arn:aws:sqs:us-east-1:123456789012:none"
}

import {
  to = aws_lambda_function.missing
  id = "none"
}

resource "aws_lambda_function" "missing" {
  function_name = "none"
  role          = "arn:aws:iam::123456789012:role/lambda"
  handler       = "index.handler"
  runtime       = "python3.12"
  s3_bucket     = "code"
  s3_key        = "a.zip"
}

import {
  to = aws_lambda_function_event_invoke_config.missing
  id = "none"
}

resource "aws_lambda_function_event_invoke_config" "missing" {
  function_name = "none"
}

import {
  to = aws_lambda_function_recursion_config.missing
  id = "none"
}

resource "aws_lambda_function_recursion_config" "missing" {
  function_name  = "none"
  recursive_loop = "Allow"
}

import {
  to = aws_lambda_function_url.missing
  id = "none"
}

resource "aws_lambda_function_url" "missing" {
  function_name      = "none"
  authorization_type = "NONE"
}

import {
  to = aws_lambda_invocation.misnamed
  id = "none"
}

resource "aws_lambda_invocation" "misnamed" {
  function_name = "none"
  input         = "{}"
}

import {
  to = aws_lambda_layer_version.missing
  id = "arn:aws:lambda:us-east-1:123456789012:layer:none:1"
}

resource "aws_lambda_layer_version" "missing" {
  layer_name = "none"
  s3_bucket  = "code"
  s3_key     = "a.zip"
}

import {
  to = aws_lambda_layer_version.misnamed
  id = "none"
}

resource "aws_lambda_layer_version" "misnamed" {
  layer_name = "none"
  s3_bucket  = "code"
  s3_key     = "a.zip"
}

import {
  to = aws_lambda_layer_version_permission.missing
  id = "none,1"
}

resource "aws_lambda_layer_version_permission" "missing" {
  layer_name     = "none"
  version_number = 1
  statement_id   = "none"
  action         = "lambda:GetLayerVersion"
  principal      = "111122223333"
}

import {
  to = aws_lambda_layer_version_permission.misnamed
  id = "no-comma"
}

resource "aws_lambda_layer_version_permission" "misnamed" {
  layer_name     = "none"
  version_number = 1
  statement_id   = "none"
  action         = "lambda:GetLayerVersion"
  principal      = "111122223333"
}

import {
  to = aws_lambda_permission.missing
  id = "none/none"
}

resource "aws_lambda_permission" "missing" {
  function_name = "none"
  action        = "lambda:InvokeFunction"
  principal     = "s3.amazonaws.com"
}

import {
  to = aws_lambda_permission.misnamed
  id = "no-slash"
}

resource "aws_lambda_permission" "misnamed" {
  function_name = "none"
  action        = "lambda:InvokeFunction"
  principal     = "s3.amazonaws.com"
}

import {
  to = aws_lambda_provisioned_concurrency_config.missing
  id = "none,1"
}

resource "aws_lambda_provisioned_concurrency_config" "missing" {
  function_name                     = "none"
  qualifier                         = "1"
  provisioned_concurrent_executions = 1
}

import {
  to = aws_lambda_provisioned_concurrency_config.misnamed
  id = "no-comma"
}

resource "aws_lambda_provisioned_concurrency_config" "misnamed" {
  function_name                     = "none"
  qualifier                         = "1"
  provisioned_concurrent_executions = 1
}

import {
  to = aws_lambda_runtime_management_config.missing
  id = "none,"
}

resource "aws_lambda_runtime_management_config" "missing" {
  function_name     = "none"
  update_runtime_on = "Auto"
}

import {
  to = aws_lambda_runtime_management_config.misnamed
  id = "no-comma"
}

resource "aws_lambda_runtime_management_config" "misnamed" {
  function_name     = "none"
  update_runtime_on = "Auto"
}

import {
  to = aws_s3_object.missing
  id = "code/none"
}

resource "aws_s3_object" "missing" {
  bucket = "code"
  key    = "none"
}

import {
  to = aws_s3_object.misnamed
  id = "no-slash"
}

resource "aws_s3_object" "misnamed" {
  bucket = "code"
  key    = "none"
}
