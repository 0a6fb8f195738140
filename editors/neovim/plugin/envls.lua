-- The command `:Envls`; nothing else is loaded before it is used.
if vim.g.loaded_envls then
  return
end
vim.g.loaded_envls = true

vim.api.nvim_create_user_command('Envls', function(call)
  require('envls.commands').run(call.fargs)
end, {
  nargs = '+',
  desc = 'Python environments (envls)',
  complete = function(lead, line)
    return require('envls.commands').complete(lead, line)
  end,
})
