# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_function" "this" {
  function_name = "life"
  role          = "arn:aws:iam::123456789012:role/lambda"
  runtime       = "python3.12"
  handler       = "index.handler"
  filename      = "a.zip"
}
