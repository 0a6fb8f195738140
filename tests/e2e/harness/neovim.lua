-- What the test asks of Neovim; it changes nothing.
Probe = { progress = {} }

vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    local value = event.data.params.value
    table.insert(Probe.progress, value.title or value.message or '')
    Probe.last = value.kind
  end,
})

function Probe.file()
  return vim.api.nvim_buf_get_name(0)
end

function Probe.attached()
  local client = vim.lsp.get_clients({ bufnr = 0, name = 'envls' })[1]
  return client ~= nil and client.initialized == true
end

function Probe.findings()
  return vim.tbl_map(function(finding)
    return { code = finding.code, message = finding.message, path = vim.api.nvim_buf_get_name(finding.bufnr) }
  end, vim.diagnostic.get())
end

function Probe.line(code)
  for _, finding in ipairs(vim.diagnostic.get(0)) do
    if finding.code == code then
      return finding.lnum + 1
    end
  end
end

function Probe.settled()
  local report = require('envls').report()
  return report ~= nil and report.quiescent == true
end

function Probe.ended()
  return Probe.last == 'end'
end

function Probe.forget()
  Probe.progress, Probe.last = {}, nil
  return true
end

function Probe.lines()
  return vim.api.nvim_buf_get_lines(0, 0, -1, false)
end

function Probe.offered()
  return vim.tbl_map(function(item)
    return item.word
  end, vim.fn.complete_info({ 'items' }).items)
end

function Probe.types()
  local wanted = {
    ['requirements-dev.txt'] = 'requirements',
    ['requirements/test.txt'] = 'requirements',
    ['dev-requirements.in'] = 'requirements',
    ['.python-version'] = 'python-version',
    ['.venv/pyvenv.cfg'] = 'cfg',
  }
  local found = {}
  for name, type in pairs(wanted) do
    found[name] = { vim.filetype.match({ filename = vim.fs.joinpath(vim.fn.getcwd(), name) }) or '', type }
  end
  return found
end

-- A stand-in for nvim-dap, which is in no package registry: the one place of it that the plugin uses.
function Probe.others()
  package.loaded.dap = package.loaded.dap or { listeners = { on_config = {} } }
  require('envls').dap()
  local asked = package.loaded.dap.listeners.on_config.envls
  return {
    debugger = asked({ type = 'python', request = 'launch' }).pythonPath,
    kept = asked({ type = 'python', request = 'launch', pythonPath = '/mine' }).pythonPath,
    runner = require('envls').python(vim.fn.getcwd()),
  }
end
