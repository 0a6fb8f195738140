-- The configuration that `vim.lsp.enable('envls')` starts.
local envls = require('envls')

-- Files of these types are only ours when their name says so; a Python or requirements file always is.
local shared = {
  toml = true,
  cfg = true,
  dosini = true,
  yaml = true,
  json = true,
  jsonc = true,
  text = true,
  conf = true,
}
local ours = vim.regex(
  [[\v(pyproject|uv|pixi|hatch|pylock(\..*)?)\.toml$|^setup\.cfg$|^pyvenv\.cfg$|^Pipfile(\.lock)?$|^(uv|poetry|pdm|pixi)\.lock$|^environment([-_.].*)?\.ya?ml$|^\.python-version$|requirements|constraints|^(docker-|podman-)?compose([-_.].*)?\.ya?ml$|^\.?devcontainer\.json$]]
)
local manifests = { 'pyproject.toml', 'setup.py', 'setup.cfg', 'requirements.txt', 'Pipfile', 'pixi.toml', 'environment.yml', 'uv.lock' }

return {
  cmd = { 'envls', 'server' },
  -- What we write there ourselves, for terminals, shall not look like the user's doing to a server that is started again.
  cmd_env = { VIRTUAL_ENV = vim.env.VIRTUAL_ENV or '' },
  filetypes = {
    'python',
    'requirements',
    'python-version',
    'toml',
    'cfg',
    'dosini',
    'yaml',
    'json',
    'jsonc',
    'text',
    'conf',
    'dockerfile',
  },
  root_dir = function(bufnr, on_dir)
    local name = vim.api.nvim_buf_get_name(bufnr)
    if shared[vim.bo[bufnr].filetype] and not ours:match_str(vim.fs.basename(name)) then
      return
    end
    -- One server for a repository: it finds the projects in it by itself. A home folder kept in git is no repository of
    -- projects, there the nearest manifest says where the project begins.
    local repository = vim.fs.root(bufnr, { '.git', '.hg', '.jj' })
    if repository == vim.fs.normalize('~') then
      repository = nil
    end
    on_dir(repository or vim.fs.root(bufnr, manifests) or (name ~= '' and vim.fs.dirname(name) or nil))
  end,
  capabilities = {
    experimental = {
      envls = {
        status = true,
        activeEnvironment = true,
        activeEnvironmentChanged = true,
        packagesChanged = true,
      },
    },
  },
  settings = { envls = vim.empty_dict() },
  before_init = function(params, config)
    params.initializationOptions = { envls = config.settings and config.settings.envls or vim.empty_dict() }
  end,
  on_attach = function(client, bufnr)
    envls.attached(client, bufnr)
  end,
  on_exit = function(code, signal, client_id)
    envls.ended(code, signal, client_id)
  end,
  handlers = {
    -- Neovim's own way of showing it asks for a key after each; this one goes to the user's notifications, where there are any.
    ['window/showMessage'] = function(_, params)
      local levels = { vim.log.levels.ERROR, vim.log.levels.WARN }
      vim.notify('envls: ' .. params.message, levels[params.type] or vim.log.levels.INFO)
    end,
    ['envls/status'] = function(_, status, context)
      envls.status_changed(status, context.client_id)
    end,
    ['envls/activeEnvironmentChanged'] = function(_, change, context)
      envls.environment_changed(context.client_id, change)
    end,
    ['envls/packagesChanged'] = function(_, change, context)
      envls.packages_changed(context.client_id, change)
    end,
  },
}
