# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_lambda_function_recursion_config" "this" {
  function_name  = aws_lambda_function.other.function_name
  recursive_loop = "Allow"
}
