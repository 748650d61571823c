# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "random_integer" "this" {
  keepers = null
  max     = 30
  min     = 20
  seed    = null
}
