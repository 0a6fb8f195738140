-- Neovim 0.11 knows `requirements.txt` and no other name for it, and neither of the two small files.
vim.filetype.add({
  filename = {
    ['.python-version'] = 'python-version',
    ['pyvenv.cfg'] = 'cfg',
    ['Pipfile.lock'] = 'json',
    ['uv.lock'] = 'toml',
    ['poetry.lock'] = 'toml',
    ['pdm.lock'] = 'toml',
  },
  pattern = {
    ['.*requirements.*%.txt'] = 'requirements',
    ['.*requirements.*%.in'] = 'requirements',
    ['.*/requirements/.*%.txt'] = 'requirements',
    ['.*/requirements/.*%.in'] = 'requirements',
    ['.*constraints.*%.txt'] = 'requirements',
  },
})
