output "api" {
  description = "What to invoke."
  value       = aws_lambda_alias.live.invoke_arn
}

output "functions" {
  description = "Each function with its version."
  value = {
    for f in [aws_lambda_function.api, aws_lambda_function.worker] : f.function_name => f.version
  }
}
