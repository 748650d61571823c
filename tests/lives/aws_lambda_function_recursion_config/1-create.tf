# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_function_recursion_config" "this" {
  function_name  = aws_lambda_function.other.function_name
  recursive_loop = "Terminate"
}
