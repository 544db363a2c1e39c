"""The mutants: each drops one guard, by a replacement in one file, and names the test that must not let it pass."""

from __future__ import annotations

import msgspec


class Mutant(msgspec.Struct, frozen=True):
    """A mistake: in `file`, `old` (there exactly once) becomes `new`; `test` then fails."""

    name: str
    file: str
    old: str
    new: str
    test: str


DOWNLOADS, EGRESS = "tests/unit/test_downloads.py", "tests/unit/test_egress.py"
FORMATS, STORING, NAMES = "tests/unit/test_formats.py", "tests/unit/test_storing.py", "tests/unit/test_names.py"
LIBRARY, PAYLOAD = "tests/unit/test_library_client.py", "tests/unit/test_payload_calls.py"
REFERENCES, DELETING = "tests/integration/test_references.py", "tests/integration/test_deleting.py"
SESSIONS, PAGES = "tests/integration/test_sessions.py", "tests/integration/test_pages.py"
SWEEPING, SERVING = "tests/integration/test_sweeping.py", "tests/integration/test_serving.py"
RACES, CANARY = "tests/integration/test_races.py", "tests/faults/test_canary.py"
GIVING_UP = "tests/unit/test_giving_up.py"
LIMITS = "tests/unit/test_payload_limits.py"
BULK = "tests/payload_client/test_bulk.py"
INPUTS = "tests/inputs/test_bad_inputs.py::test_a_bad_input_is_told_so"

MUTANTS = [
    # Where pictures come from
    Mutant(
        "the address check dropped",
        "app/ingest/egress.py",
        "if not self.allowed.trusts(host, port) and not all(map(is_public, numbers)):",
        "if False:",
        f"{EGRESS}::test_what_leads_to_a_private_address_is_refused_as_such_and_not_dialled",
    ),
    Mutant(
        "one good address among bad ones is enough",
        "app/ingest/egress.py",
        "not all(map(is_public, numbers))",
        "not any(map(is_public, numbers))",
        "tests/faults/test_ssrf.py::test_a_name_with_a_bad_address_among_good_ones_is_never_dialled",
    ),
    Mutant(
        "the name dialled instead of the number that was checked",
        "app/ingest/egress.py",
        "self._network.connect_tcp(number, port,",
        "self._network.connect_tcp(host, port,",
        f"{EGRESS}::test_a_trusted_host_may_be_private_and_its_number_is_what_is_dialled",
    ),
    Mutant(
        "our own list of bad networks forgotten",
        "app/ingest/egress.py",
        "return bool(unwrapped.is_global and not barred and not listed)",
        "return bool(unwrapped.is_global and not barred)",
        f"{EGRESS}::test_an_address_that_is_not_public_is_known_as_such",
    ),
    Mutant(
        "a listed host matched by its end",
        "app/ingest/egress.py",
        'host.endswith(entry[1:]) if entry.startswith("*.") else host == entry for',
        'host.endswith(entry.removeprefix("*.")) for',
        f"{EGRESS}::test_a_host_that_only_looks_like_a_listed_one_is_refused_by_its_name",
    ),
    Mutant(
        "redirects of a picture without end",
        "app/ingest/download.py",
        "for _ in range(_REDIRECTS + 1):",
        "for _ in range(self._redirects + 20):",
        f"{DOWNLOADS}::test_a_fourth_redirect_is_not_followed",
    ),
    Mutant(
        "a stored file asked for wherever its document says",
        "app/export/stored_files.py",
        "        if origin in self._origins:\n",
        "        if address:\n",
        "tests/unit/test_stored.py::test_nothing_else_is_asked_at_all",
    ),
    Mutant(
        "the session told to every origin that has files",
        "app/export/stored_files.py",
        "            return address, None\n",
        "            return address, auth.header or None\n",
        "tests/unit/test_stored.py::test_a_file_at_a_listed_origin_is_asked_for_as_nobody",
    ),
    Mutant(
        "the size of a picture without limit",
        "app/ingest/download.py",
        "if count > self._max_bytes:",
        "if False:",
        f"{DOWNLOADS}::test_a_picture_that_turns_out_too_large_is_not_read_to_its_end",
    ),
    Mutant(
        "an encoding that is not known let through as a defect",
        "app/ingest/download.py",
        "except CodingError as error:",
        "except ZeroDivisionError as error:",
        f"{DOWNLOADS}::test_a_picture_in_an_encoding_that_is_not_unpacked_is_refused",
    ),
    # What a picture is
    Mutant(
        "what is behind a picture not cut off",
        "app/decoding/parts.py",
        "return Parts(content[:length], length, unfit=_cut_off() if length < declared else None)",
        "return Parts(content, len(content))",
        f"{FORMATS}::test_what_is_behind_a_picture_is_not_the_pictures",
    ),
    Mutant(
        "a picture not decoded",
        "app/decoding/formats.py",
        "picture.load()",
        "pass",
        f"{FORMATS}::test_a_picture_of_the_right_length_that_does_not_decode_is_refused",
    ),
    Mutant(
        "pixels without limit",
        "app/decoding/formats.py",
        "if picture.width * picture.height > max_pixels:",
        "if False:",
        f"{FORMATS}::test_the_limit_of_pixels_is_the_last_size_that_is_taken",
    ),
    Mutant(
        "any number of frames",
        "app/decoding/formats.py",
        "if frames > 1:",
        "if False:",
        f"{FORMATS}::test_more_than_one_frame_is_refused",
    ),
    Mutant(
        "any format that can be decoded",
        "app/decoding/formats.py",
        "Pillow.open(io.BytesIO(parts.content), formats=tuple(_MIME))",
        "Pillow.open(io.BytesIO(parts.content))",
        f"{FORMATS}::test_what_is_no_picture_is_refused_with_a_sentence_that_says_what_came",
    ),
    # Both or neither
    Mutant(
        "the file taken back although the record may be there",
        "app/ingest/store.py",
        "refused = isinstance(error, Refused)",
        "refused = True",
        f"{STORING}::test_a_lost_answer_leaves_the_file_to_the_sweep",
    ),
    Mutant(
        "the file not taken back",
        "app/ingest/store.py",
        "refused and await _take_back(cms, new.media)",
        "False",
        f"{STORING}::test_a_refused_record_takes_its_file_back",
    ),
    Mutant(
        "what a lost answer has written not looked for",
        "app/ingest/store.py",
        "return await _look_repeatedly(look, limits) if error.maybe_written or _exists_already(error) else None",
        "return None",
        f"{STORING}::test_an_upload_whose_answer_was_lost_is_adopted_by_its_name",
    ),
    Mutant(
        "a write to Payload tried again",
        "payload_client/client.py",
        "reads=method == HTTPMethod.GET",
        "reads=True",
        f"{PAYLOAD}::test_a_write_is_never_tried_again",
    ),
    Mutant(
        "a request cancelled together with its caller",
        "payload_client/transport.py",
        "await asyncio.shield(exchange)",
        "await exchange",
        f"{GIVING_UP}::test_who_gives_up_leaves_no_connection_behind",
    ),
    Mutant(
        "a document of another id taken",
        "payload_client/ids.py",
        "return one is not None and str(one) == str(other)",
        "return True",
        f"{PAYLOAD}::test_a_document_of_another_id_is_not_the_one_that_was_asked_for",
    ),
    Mutant(
        "a bulk call with a filter that leaves nothing out",
        "payload_client/bulk.py",
        "            check_narrows(call, where, text_ids=self._id_type(self._route) is str)\n",
        "",
        f"{BULK}::test_a_filter_that_leaves_nothing_out_is_never_sent",
    ),
    Mutant(
        "exists of what is no boolean taken in a bulk call",
        "payload_client/filters.py",
        'if operator == "exists" and not isinstance(value, bool):',
        "if False:",
        f"{BULK}::test_a_filter_that_leaves_nothing_out_is_never_sent",
    ),
    Mutant(
        "a change of another document than the one asked for",
        "payload_client/documents.py",
        "if id is not None and not is_same(found, id):",
        "if False:",
        f"{BULK}::test_another_document_than_the_one_asked_for_is_an_error",
    ),
    Mutant(
        "a write to an id that Payload reads as another",
        "payload_client/documents.py",
        "if may_be_read_as_another(id) and self._id_type(route) is not str:",
        "if False:",
        "tests/payload_client/test_ids.py::test_a_text_that_begins_like_an_id_is_not_that_id",
    ),
    Mutant(
        "a redirect to another server followed",
        "payload_client/transport.py",
        "return to if same and to.path.startswith(request.root) and to != request.url else None",
        "return to",
        f"{LIMITS}::test_a_redirect_elsewhere_is_not_followed",
    ),
    Mutant(
        "a compressed answer unpacked whole",
        "payload_client/transport.py",
        "self._gzip.decompress(chunk, most)",
        "self._gzip.decompress(chunk)",
        f"{LIMITS}::test_a_bomb_is_not_unpacked",
    ),
    Mutant(
        "a stream sent a second time",
        "payload_client/retry.py",
        "return repeatable and asyncio",
        "return asyncio",
        f"{LIMITS}::test_a_stream_is_sent_once",
    ),
    # Paid once
    Mutant(
        "a generation tried again",
        "app/character_library/transport.py",
        "                status, answer = await _send(http, request)\n",
        "                try:\n"
        "                    status, answer = await _send(http, request)\n"
        "                except httpx.HTTPError:\n"
        "                    status, answer = await _send(http, request)\n",
        f"{LIBRARY}::test_a_connection_that_breaks_leaves_the_outcome_unknown_and_nothing_is_sent_again",
    ),
    Mutant(
        "a redirect of the library followed",
        "app/character_library/transport.py",
        "follow_redirects=False",
        "follow_redirects=True",
        f"{LIBRARY}::test_a_redirect_is_not_followed_since_that_would_generate_twice",
    ),
    Mutant(
        "two generations at a time for a character",
        "app/generation/runs.py",
        "if run.slot in self._under_way:",
        "if False:",
        f"{REFERENCES}::test_a_second_click_while_one_is_under_way_is_refused",
    ),
    Mutant(
        "more generations than slots",
        "app/capacity/shares.py",
        "        if self.held >= self._total:\n            raise",
        "        if False:\n            raise",
        f"{SERVING}::test_no_more_runs_than_slots",
    ),
    Mutant(
        "all slots for one person",
        "app/capacity/shares.py",
        "        if not self._has_share(person):",
        "        if False:",
        "tests/unit/test_runs.py::test_one_person_has_half_of_the_slots_alone_and_a_quarter_beside_others",
    ),
    Mutant(
        "new work taken while shutting down",
        "app/generation/runs.py",
        "        if self.draining:\n",
        "        if False:\n",
        f"{RACES}::test_a_server_that_is_asked_to_end_takes_nothing_new_and_says_so",
    ),
    Mutant(
        "no more answers while what is under way lands",
        "app/__main__.py",
        "and self._runs.idle and self._has_answered():",
        "and self._has_answered():",
        f"{RACES}::test_a_server_that_is_asked_to_end_takes_nothing_new_and_says_so",
    ),
    Mutant(
        "a generation paid for by who may not store it",
        "app/services.py",
        'if not all(permissions.may("create", slug) for slug in (cms.slugs.media, cms.slugs.images)):',
        "if False:",
        f"{REFERENCES}::test_a_viewer_is_refused_before_a_generation_is_paid_for",
    ),
    Mutant(
        "a prompt tidied up",
        "app/use_cases/generate.py",
        "exact = request.prompt if request",
        "exact = request.prompt.strip() if request",
        f"{REFERENCES}::test_a_prompt_is_sent_and_stored_byte_for_byte",
    ),
    Mutant(
        "the old master not given back",
        "app/generation/master.py",
        "await asyncio.shield(_restore_master(context, old.media_id))",
        "pass",
        f"{REFERENCES}::test_a_failed_second_reference_leaves_the_library_its_old_master",
    ),
    # Deleting
    Mutant(
        "the file deleted before its record",
        "app/use_cases/delete.py",
        "            await _delete_record(cms, record, remote)\n"
        "            deleted = ImageDeleted(await _delete_file(cms, record), remote)\n",
        "            left = await _delete_file(cms, record)\n"
        "            await _delete_record(cms, record, remote)\n"
        "            deleted = ImageDeleted(left, remote)\n",
        f"{DELETING}::test_a_deleted_master_is_gone_here_and_there",
    ),
    Mutant(
        "the right to delete not asked for",
        "app/use_cases/delete.py",
        "    await _check_rights(cms, record)\n",
        "",
        f"{DELETING}::test_a_viewer_deletes_nothing_anywhere",
    ),
    Mutant(
        "a file deleted that another record uses",
        "app/use_cases/delete.py",
        "if await cms.uses(record.media_id):",
        "if False:",
        f"{DELETING}::test_a_file_that_another_record_uses_is_kept",
    ),
    Mutant(
        "the library's master deleted with any reference",
        "app/use_cases/delete.py",
        'return None if current.media_id == record.library_media_id else "not_the_master"',
        "return None",
        f"{DELETING}::test_a_reference_that_is_not_the_master_is_deleted_here_only",
    ),
    Mutant(
        "a recovered copy taken for proof",
        "app/use_cases/delete.py",
        "    if not record.was_drawn_here:\n",
        "    if False:\n",
        f"{DELETING}::test_a_copy_that_was_recovered_is_no_proof",
    ),
    Mutant(
        "what another character shares deleted at the library",
        "app/use_cases/delete.py",
        "if await cms.shares_library_id(library_id, record.character_id):",
        "if False:",
        f"{DELETING}::test_what_another_character_shares_at_the_library_is_left_there",
    ),
    # The sweep
    Mutant(
        "the sweep without a grace",
        "app/use_cases/sweep.py",
        'field("filename").contains("ci-") & (field("createdAt") < before) & (field("updatedAt") < before)',
        'field("filename").contains("ci-")',
        f"{SWEEPING}::test_what_is_young_foreign_renamed_or_in_use_is_left_alone",
    ),
    Mutant(
        "the sweep takes foreign names",
        "app/use_cases/sweep.py",
        "async for media in cms.media.iterate(named) if await _is_ours(cms, media)]",
        "async for media in cms.media.iterate(named)]",
        f"{SWEEPING}::test_what_is_young_foreign_renamed_or_in_use_is_left_alone",
    ),
    Mutant(
        "the sweep deletes unasked",
        "app/use_cases/sweep.py",
        'yield await _delete(cms, media) if delete else Finding(media.id, media.filename or "")',
        "yield await _delete(cms, media)",
        f"{SWEEPING}::test_an_orphan_of_ours_is_found_told_and_deleted_only_when_asked",
    ),
    Mutant(
        "the sweep although it cannot see every record",
        "app/use_cases/sweep.py",
        "if not permissions.sees_all(slug):",
        "if False:",
        f"{SWEEPING}::test_a_sweep_that_cannot_see_the_records_takes_no_file_for_an_orphan",
    ),
    Mutant(
        "a name alone proves whose a file is",
        "app/ingest/file_names.py",
        "return bool(window and created_at and window[0] <= created_at <= window[1])",
        "return bool(window)",
        f"{NAMES}::test_a_picture_that_an_editor_uploads_again_later_is_theirs",
    ),
    # Sessions and pages
    Mutant(
        "cookies of Payload kept",
        "payload_client/transport.py",
        "_NO_COOKIES = DefaultCookiePolicy(allowed_domains=[])",
        "_NO_COOKIES = DefaultCookiePolicy()",
        f"{PAYLOAD}::test_a_cookie_is_never_sent_back",
    ),
    Mutant(
        "the same-origin proof dropped",
        "app/web/request_checks.py",
        "    shared.rules.check_same_site(connection, browsers_only=is_api)\n",
        "",
        f"{SESSIONS}::test_a_change_by_cookie_must_come_from_our_own_pages",
    ),
    Mutant(
        "forms taken from neighbours",
        "app/web/auth.py",
        'site == "same-origin" if site is not None else',
        'site != "cross-site" if site is not None else',
        f"{SESSIONS}::test_a_change_by_cookie_must_come_from_our_own_pages",
    ),
    Mutant(
        "JSON taken as plain text",
        "app/web/request_checks.py",
        "if media_type != _JSON or ",
        "if ",
        f"{SESSIONS}::test_a_json_route_takes_json_only",
    ),
    Mutant(
        "numbers taken as text",
        "app/web/request_checks.py",
        "msgspec.json.decode(body, type=expected)",
        "msgspec.json.decode(body)",
        f"{INPUTS}[body count text]",
    ),
    Mutant(
        "what is said twice taken",
        "app/web/request_checks.py",
        "    _check_once(connection, handler.opt.get(REPEATED, ()))\n",
        "",
        f"{INPUTS}[raw two Host]",
    ),
    Mutant(
        "of two sessions the last one taken",
        "app/web/auth.py",
        'return tokens[0] if len(tokens) == 1 else ""',
        'return tokens[-1] if tokens else ""',
        f"{INPUTS}[cookie two tokens, the real one last]",
    ),
    Mutant(
        "the way on after signing in not checked",
        "app/pages/sign_in.py",
        "destination, account = safe_next(data.next),",
        "destination, account = data.next,",
        f"{SESSIONS}::test_signing_in_never_leads_off_this_site",
    ),
    Mutant(
        "a request read before it is known who asks",
        "app/main.py",
        "guards=[access_log.bind_route, authenticate, guard],",
        "guards=[access_log.bind_route, guard, authenticate],",
        "tests/integration/test_every_route.py::test_without_a_session_each_route_says_so_before_anything_else",
    ),
    Mutant(
        "a session left when another begins",
        "app/pages/sign_in.py",
        "        await sign_in.sign_out(services.cms, session_rules.credentials(request))\n    seconds =",
        "        pass\n    seconds =",
        f"{SESSIONS}::test_signing_in_over_a_session_ends_that",
    ),
    Mutant(
        "the token logged",
        "app/use_cases/sign_in.py",
        "    if not session.token or not session.exp:\n",
        '    log.warning("signed in: %s", session.token)\n    if not session.token or not session.exp:\n',
        f"{CANARY}::test_no_secret_is_in_any_log_answer_or_address",
    ),
    Mutant(
        "a token shown wherever it is printed",
        "payload_client/auth.py",
        'return "Jwt(…)"',
        'return f"Jwt({self.token})"',
        f"{PAYLOAD}::test_a_secret_does_not_show",
    ),
    Mutant(
        "pages kept by caches",
        "app/web/security_headers.py",
        'else "no-store")',
        'else "private")',
        f"{PAGES}::test_every_page_forbids_inline_code_and_shows_pictures_from_known_places",
    ),
    Mutant(
        "markup not escaped",
        "app/pages/view.py",
        "autoescape=True",
        "autoescape=False",
        f"{PAGES}::test_names_with_markup_show_as_text",
    ),
    Mutant(
        "a run told to everybody",
        "app/generation/runs.py",
        "return run if run and run.caller_id == caller_id else None",
        "return run",
        f"{PAGES}::test_a_run_is_told_to_who_began_it_and_to_nobody_else",
    ),
]
