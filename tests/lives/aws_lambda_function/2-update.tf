# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_lambda_function" "this" {
  function_name = "life"
  role          = "arn:aws:iam::123456789012:role/lambda"
  runtime       = "python3.12"
  handler       = "index.handler"
  filename      = "a.zip"
  memory_size   = 256
  description   = "changed"
  tags          = { a = "1" }

  environment {
    variables = { MODE = "fast" }
  }
}
