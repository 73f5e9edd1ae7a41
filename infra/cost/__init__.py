"""What a workspace costs a month: counted operations, a model of use, list prices."""
