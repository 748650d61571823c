# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "random_bytes" "this" {
  keepers = null
  length  = 8
}
