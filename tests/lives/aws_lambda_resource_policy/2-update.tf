# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_lambda_resource_policy" "this" {
  resource_arn = aws_lambda_function.other.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "two"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "lambda:InvokeFunction"
      Resource  = aws_lambda_function.other.arn
    }]
  })
}
