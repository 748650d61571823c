# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_lambda_runtime_management_config" "this" {
  function_name     = aws_lambda_function.next.function_name
  update_runtime_on = "FunctionUpdate"
}
