# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_lambda_function_url" "this" {
  function_name      = aws_lambda_function.other.arn
  qualifier          = aws_lambda_alias.live.name
  authorization_type = "AWS_IAM"

  cors {
    allow_origins = ["*"]
  }
}
