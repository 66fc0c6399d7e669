"""Distillation methods: one file = one method. Dropping a file here (or into a plug-in folder) registers it."""
