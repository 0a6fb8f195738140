;;; What a user of eglot does, with the lines of docs/editors/emacs.md; the words after it are the scenario.  -*- lexical-binding: t -*-
(require 'eglot)
(require 'cl-lib)

(load (getenv "ENVLS_E2E_INIT"))
(setq eglot-sync-connect 30 eglot-connect-timeout 60 eglot-confirm-server-edits nil
      ;; A question is answered as its first word says, since nobody sits here.
      use-short-answers t create-lockfiles nil make-backup-files nil)
(advice-add 'completing-read :override
            (lambda (_prompt choices &rest _)
              (let ((all (all-completions "" choices)))
                (message "asked: %S" all)
                (or (cl-find-if (lambda (it) (string-prefix-p "Trust" it)) all) (car all)))))

(defun e2e-until (what question)
  "Wait for an answer of QUESTION; fail with WHAT after a while."
  (let ((end (+ (float-time) 90)) answer)
    (while (not (setq answer (funcall question)))
      (when (> (float-time) end)
        (message "%s" (with-current-buffer (current-buffer) (mapcar #'flymake-diagnostic-text (flymake-diagnostics))))
        (error "waited 90 s for %s" what))
      (accept-process-output nil 0.05)
      (when flymake-mode (flymake-start)))
    answer))

(defun e2e-said (pattern)
  "The findings of this buffer that match PATTERN."
  (cl-remove-if-not (lambda (it) (string-match-p pattern (flymake-diagnostic-text it))) (flymake-diagnostics)))

(defun e2e-open (file)
  "Open FILE as its user does."
  (find-file file)
  (eglot-ensure)
  (run-hooks 'post-command-hook)
  (e2e-until "the server" #'eglot-current-server)
  (flymake-mode 1))

(defun e2e-envls ()
  "An environment is made by a code action."
  (e2e-open "pyproject.toml")
  (e2e-until "no environment" (lambda () (e2e-said "no Python environment")))
  (goto-char (flymake-diagnostic-beg (car (e2e-said "no Python environment"))))
  (let* ((offers (append (eglot-code-actions (line-beginning-position) (line-end-position) nil nil) nil))
         (best (cl-find-if (lambda (it) (string-match-p "reate `\\.venv`" (plist-get it :title))) offers)))
    (message "offered: %S" (mapcar (lambda (it) (plist-get it :title)) offers))
    (eglot-execute (eglot-current-server) best))
  (e2e-until "`.venv`" (lambda () (file-exists-p ".venv/bin/python")))
  (e2e-until "no findings" (lambda () (not (e2e-said "no Python environment")))))

(defun e2e-wrap ()
  "Another server follows another choice, and what is installed from a terminal."
  (e2e-open "labels.py")
  (e2e-until "what `.venv` lacks" (lambda () (and (e2e-said "stamps.*could not be resolved") (not (e2e-said "parcels.*could not be")))))
  (call-process "envls" nil nil nil "select" "." (getenv "ENVLS_E2E_OTHER"))
  (e2e-until "what the other lacks" (lambda () (and (e2e-said "parcels.*could not be resolved") (not (e2e-said "stamps.*could not be")))))
  (call-process "sh" nil nil nil "-c" (getenv "ENVLS_E2E_INSTALL"))
  (e2e-until "that nothing is lacking" (lambda () (not (e2e-said "could not be resolved")))))

(condition-case trouble
    (progn
      (funcall (intern (concat "e2e-" (car command-line-args-left))))
      (eglot-shutdown-all)
      (kill-emacs 0))
  (error (message "trouble: %S" trouble)
         (kill-emacs 1)))
