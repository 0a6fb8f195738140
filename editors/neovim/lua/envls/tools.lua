-- Terminals, the debugger and the test runner get the interpreter too.
local M = {}

---@type { path?: string, virtual_env?: string }? what stood in the variables before we wrote them, and what we wrote
local before, written

--- Puts the environment of the current file into the variables that `:terminal` and `:!` get; takes out what was there of ours.
---@param answer table what `envls/environmentVariables` says
function M.activate(answer)
  if written and (vim.env.PATH ~= written.path or vim.env.VIRTUAL_ENV ~= written.virtual_env) then
    -- Somebody else wrote there since: what they wrote is theirs, and ours is left in it.
    before, written = nil, nil
  end
  before = before or { path = vim.env.PATH or '', virtual_env = vim.env.VIRTUAL_ENV }
  local separator = vim.fn.has('win32') == 1 and ';' or ':'
  local folders = vim.list_extend(vim.list_slice(answer.prependPath or {}), { before.path })
  vim.env.PATH = table.concat(folders, separator)
  vim.env.VIRTUAL_ENV = answer.set and answer.set.VIRTUAL_ENV or before.virtual_env
  written = { path = vim.env.PATH, virtual_env = vim.env.VIRTUAL_ENV }
end

--- The debugger (nvim-dap): a configuration that names no interpreter gets the one of the current file.
function M.dap()
  local dap = require('dap')
  -- It came to nvim-dap in 2024.
  if not dap.listeners.on_config then
    vim.notify('envls: this nvim-dap has no `listeners.on_config`, so it is not handed the interpreter: update it.', vim.log.levels.WARN)
    return
  end
  dap.listeners.on_config['envls'] = function(config)
    local python = (config.type == 'python' or config.type == 'debugpy') and require('envls').python()
    if not python or config.python or config.pythonPath or config.request == 'attach' then
      return config
    end
    return vim.tbl_extend('keep', { pythonPath = python }, config)
  end
end

return M
