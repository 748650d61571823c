# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_function_recursion_config" "this" {
  function_name  = "life"
  recursive_loop = "Terminate"
}
