-- `:checkhealth envls`
local M = {}

function M.check()
  local health = vim.health
  health.start('envls')

  if vim.fn.has('nvim-0.11') == 1 then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    health.error('Neovim is older than 0.11', 'Update Neovim; `vim.lsp.enable` came with 0.11.')
    return
  end

  local config = vim.lsp.config['envls']
  if not config then
    health.error('`lsp/envls.lua` is not on the runtimepath', "Add the folder `editors/neovim` to 'runtimepath'.")
    return
  end

  local program = type(config.cmd) == 'table' and config.cmd[1] or nil
  if program and vim.fn.executable(program) == 0 then
    health.error(('`%s` is no program on PATH'):format(program), "Install envls, or name it: `vim.lsp.config('envls', { cmd = { '/path/to/envls', 'server' } })`.")
  elseif program then
    local run, answer = pcall(function()
      return vim.system({ program, '--version' }, { text = true }):wait(10000)
    end)
    if run and answer.code == 0 then
      health.ok(('%s: `%s`'):format(vim.trim(answer.stdout), vim.fn.exepath(program)))
    else
      health.error(('`%s --version` failed'):format(program), run and vim.trim(answer.stderr or '') or tostring(answer))
    end
  end

  if vim.lsp.is_enabled and not vim.lsp.is_enabled('envls') then
    health.warn('`envls` is not enabled', "Put `vim.lsp.enable('envls')` into your init.lua.")
  else
    health.ok('`envls` is enabled')
  end

  local clients = vim.lsp.get_clients({ name = 'envls' })
  if #clients == 0 then
    health.info('no server is running; it starts with the first Python file or manifest')
  end
  for _, client in ipairs(clients) do
    local count = vim.tbl_count(client.attached_buffers)
    health.ok(('a server is running for `%s`, with %d %s'):format(client.root_dir or 'single files', count, count == 1 and 'buffer' or 'buffers'))
    for bufnr in pairs(client.attached_buffers) do
      local report = require('envls').report(bufnr)
      local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ':~:.')
      health.info(('`%s`: %s'):format(name, require('envls').python(bufnr) or (report and report.message) or 'no environment'))
    end
  end
end

return M
