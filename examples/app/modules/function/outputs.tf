output "arn" {
  description = "The ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "url" {
  description = "Where the function answers; null without a URL."
  value       = one(aws_lambda_function_url.this[*].function_url)
}
