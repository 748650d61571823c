# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "terraform_data" "this" {
  input            = null
  triggers_replace = null
}
