resource "aws_lambda_function" "other" {
  function_name = "life"
  role          = "arn:aws:iam::123456789012:role/lambda"
  runtime       = "python3.12"
  handler       = "index.handler"
  filename      = "a.zip"
  publish       = true
}
