# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_permission" "this" {
  statement_id   = "AllowBucket"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.other.function_name
  principal      = "s3.amazonaws.com"
  source_account = "123456789012"
  source_arn     = "arn:aws:s3:::bucket"
}
