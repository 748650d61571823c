# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_lambda_resource_policy" "this" {
  resource_arn = aws_lambda_function.second.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "two"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "lambda:InvokeFunction"
      Resource  = aws_lambda_function.second.arn
    }]
  })
}
