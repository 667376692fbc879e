(function () {
  "use strict";
  var root = document.documentElement, zh = document.getElementById("lang-zh"), en = document.getElementById("lang-en");
  root.classList.add("js");
  function speak() {
    var lang = zh.checked ? "zh" : "en", title = document.querySelector("h1 ." + lang);
    root.lang = lang;
    if (title) { document.title = title.textContent + " · apercu"; }
  }
  en.addEventListener("change", speak);
  zh.addEventListener("change", speak);
  speak();
  function copied(button) {
    button.classList.add("done");
    setTimeout(function () { button.classList.remove("done"); }, 1600);
  }
  function select(code, button) {
    var range = document.createRange(), chosen = window.getSelection();
    range.selectNodeContents(code);
    chosen.removeAllRanges();
    chosen.addRange(range);
    try { if (document.execCommand("copy")) { copied(button); } } catch (error) { chosen.removeAllRanges(); }
  }
  document.querySelectorAll("button.copy").forEach(function (button) {
    button.addEventListener("click", function () {
      var code = document.getElementById(button.dataset.of);
      if (navigator.clipboard && window.isSecureContext) {
        navigator.clipboard.writeText(code.textContent).then(function () { copied(button); }, function () { select(code, button); });
      } else { select(code, button); }
    });
  });
}());
