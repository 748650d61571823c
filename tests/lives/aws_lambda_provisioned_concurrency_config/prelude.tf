resource "aws_lambda_function" "other" {
  function_name = "life"
  role          = "arn:aws:iam::123456789012:role/lambda"
  runtime       = "python3.12"
  handler       = "index.handler"
  filename      = "a.zip"
  publish       = true
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.other.function_name
  function_version = aws_lambda_function.other.version
}

resource "aws_lambda_alias" "next" {
  name             = "next"
  function_name    = aws_lambda_function.other.function_name
  function_version = aws_lambda_function.other.version
}
