# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_lambda_function_url" "this" {
  function_name      = aws_lambda_function.other.function_name
  authorization_type = "AWS_IAM"
  invoke_mode        = "RESPONSE_STREAM"

  cors {
    allow_credentials = true
    allow_origins     = ["https://a.example", "https://b.example"]
    allow_methods     = ["GET"]
    max_age           = 60
  }
}
