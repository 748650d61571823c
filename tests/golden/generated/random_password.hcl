# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "random_password" "this" {
  keepers          = null
  length           = 16
  lower            = true
  min_lower        = 0
  min_numeric      = 0
  min_special      = 0
  min_upper        = 0
  numeric          = true
  override_special = null
  special          = true
  upper            = true
}
